// The seam for tests: BASCULE_FAULTS="journal.sync=EIO,switch.verify=kill@2" makes the named step
// fail, end (kill) or stop (stop) the process, on its N-th passing (@N, default every time).
#include "CKernel.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAULTS_MAX = 16, NAME_MAX_LENGTH = 63 };

struct fault {
    char name[NAME_MAX_LENGTH + 1];
    char effect[16];
    int occurrence; // 0: every time
    int seen;
};

static struct fault faults[FAULTS_MAX];
static int fault_count;
int ck_faults_armed;

static int errno_named(const char *name) {
    static const struct { const char *name; int value; } known[] = {
        {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EROFS", EROFS},   {"EMFILE", EMFILE},
        {"ENFILE", ENFILE}, {"ENOMEM", ENOMEM}, {"EACCES", EACCES}, {"EAGAIN", EAGAIN},
        {"ENOBUFS", ENOBUFS}, {"EPIPE", EPIPE}, {"ECONNREFUSED", ECONNREFUSED},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0) return known[i].value;
    return EIO;
}

__attribute__((constructor)) static void read_faults(void) {
    const char *text = getenv("BASCULE_FAULTS");
    while (text && *text && fault_count < FAULTS_MAX) {
        struct fault *fault = &faults[fault_count];
        size_t name = strcspn(text, "=,");
        if (text[name] != '=' || name == 0 || name > NAME_MAX_LENGTH) return;
        memcpy(fault->name, text, name);
        text += name + 1;
        size_t effect = strcspn(text, "@,");
        if (effect == 0 || effect >= sizeof fault->effect) return;
        memcpy(fault->effect, text, effect);
        text += effect;
        if (*text == '@') fault->occurrence = (int)strtol(text + 1, (char **)&text, 10);
        if (*text == ',') text++;
        fault_count++;
    }
    ck_faults_armed = fault_count > 0;
}

int ck_fault_reached(const char *operation) {
    for (int i = 0; i < fault_count; i++) {
        struct fault *fault = &faults[i];
        if (strcmp(fault->name, operation) != 0) continue;
        fault->seen++;
        if (fault->occurrence != 0 && fault->seen != fault->occurrence) continue;
        if (strcmp(fault->effect, "kill") == 0) kill(getpid(), SIGKILL);
        else if (strcmp(fault->effect, "stop") == 0) {
            // To this thread: sent to the process, another thread may take it, and this one would
            // pass the step before it stands still.
            raise(SIGSTOP);
        }
        else return errno_named(fault->effect);
    }
    return 0;
}
