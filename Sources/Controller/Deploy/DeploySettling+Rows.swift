internal import Board
internal import Control
internal import Journal
internal import SharedDatabase
internal import Switchover

/// A command that failed and left the schema as it was may have changed rows all the same.
extension DeploySettling {
    /// Writes were held, so that whatever is not as it was came from the command, or past Bascule:
    /// it is taken back like a change of the schema.
    func settleRows() async -> Result {
        guard moment.hold != .none else {
            await open()
            return await told(
                .asBefore,
                "the schema is what it was; \(from.name) serves as before (whether the command "
                    + "has changed rows is not known: nothing was held, --hold none)")
        }
        if await copy?.isPresent() == true {
            await open()
            return await told(
                .asBefore,
                "nobody has written to the database; \(from.name) serves as before")
        }
        guard let snapshot = moment.snapshot else {
            await open()
            return await told(
                .asBefore,
                "the schema is what it was; \(from.name) serves as before (whether the command "
                    + "has changed rows is not known: there is no copy of the moment before it)")
        }
        do throws(WorkFailure) {
            let changed = try await restore(snapshot, onlyChanged: true)
            await open()
            guard let changed else {
                return await told(
                    .asBefore,
                    "every row is what it was; \(from.name) serves as before")
            }
            return await told(
                .restored,
                "rows had been written and no migration (\(Self.sentence(changed))): \(snapshot) "
                    + "is restored, the database is that of the moment before the command, "
                    + "nothing is lost, and \(from.name) serves as before")
        } catch {
            // The code that serves knows this schema: it is the rows that a person has to judge.
            await open()
            return await told(
                .opened,
                "the schema is what it was, but rows may have been written since the moment "
                    + "before the command and stay so (\(snapshot) could not be restored: "
                    + "\(error.sentence)); \(from.name) serves again. \(commands)")
        }
    }

    /// `Transactions: 3 of 120 rows`.
    private static func sentence(_ tables: [TableLoss]) -> String {
        guard !tables.isEmpty else { return "in which table is not known" }
        let named = tables.prefix(5).map { table in
            let gone = Counting.text(max(0, (table.backup ?? 0) - table.live), "row")
            return table.lost > 0
                ? "\(table.table): \(table.lost) of \(Counting.text(table.live, "row"))"
                : "\(table.table): \(gone) removed"
        }
        let more = tables.count > named.count ? ", and \(tables.count - named.count) more" : ""
        return named.joined(separator: ", ") + more
    }
}
