// What only ioctl(2) says, which is variadic.
#include "CKernel.h"

#include <sys/ioctl.h>

int ck_terminal_columns(int descriptor) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
    return size.ws_col;
}
