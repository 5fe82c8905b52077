// What only ioctl(2) says, which is variadic, and who has a terminal's keys.
#define _GNU_SOURCE
#include "CKernel.h"

#include <sys/ioctl.h>

int ck_terminal_columns(int descriptor) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}

int ck_spawn_gets_keys(posix_spawn_file_actions_t *actions, int terminal) {
    return posix_spawn_file_actions_addtcsetpgrp_np(actions, terminal);
}
