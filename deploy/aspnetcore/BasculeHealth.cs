using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

/// <summary>Answers GET /health with what Bascule's migration gate compares.</summary>
public static class BasculeHealth
{
    public static IEndpointConventionBuilder MapBasculeHealth<TContext>(
        this IEndpointRouteBuilder routes, string path = "/health") where TContext : DbContext =>
        routes.MapGet(path, async (TContext context, CancellationToken cancel) =>
        {
            var known = context.Database.GetMigrations().ToArray();
            var pending = (await context.Database.GetPendingMigrationsAsync(cancel)).ToArray();
            var connection = context.Database.GetDbConnection() as SqliteConnection;
            var file = connection is null ? null : FileNumbers.Of(connection.DataSource);
            var answer = new Dictionary<string, object?>
            {
                ["status"] = pending.Length == 0 ? "Healthy" : "Unhealthy",
                ["migration"] = known.LastOrDefault(),
                ["migrations"] = known,
                ["pending"] = pending,
                ["sqlite"] = connection?.ServerVersion,
            };
            if (file is { } numbers)
            {
                answer["dbDev"] = numbers.Device;
                answer["dbIno"] = numbers.Inode;
            }
            return Results.Json(answer, statusCode: pending.Length == 0 ? 200 : 503);
        });

    /// <summary>Which file it is, by the numbers that stat(2) gives.</summary>
    private readonly record struct FileNumbers(ulong Device, ulong Inode)
    {
        private const int AtCurrentFolder = -100, BasicStats = 0x7ff;

        /// <summary>Null where the system is not Linux, or there is no such file.</summary>
        public static FileNumbers? Of(string path)
        {
            if (!OperatingSystem.IsLinux() || string.IsNullOrEmpty(path)) return null;
            var found = new byte[256];
            var name = Path.GetFullPath(path);
            if (StatX(AtCurrentFolder, name, 0, BasicStats, found) != 0) return null;
            // Offsets of struct statx, the same on every architecture (linux/stat.h).
            ulong inode = BitConverter.ToUInt64(found, 32);
            ulong major = BitConverter.ToUInt32(found, 136);
            ulong minor = BitConverter.ToUInt32(found, 140);
            // As the C library puts both into one st_dev (makedev(3)).
            ulong device = (minor & 0xff) | (major & 0xfff) << 8
                | (minor & ~0xffUL) << 12 | (major & ~0xfffUL) << 32;
            return new FileNumbers(device, inode);
        }

        [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
        private static extern int StatX(
            int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask,
            [Out] byte[] result);
    }
}
