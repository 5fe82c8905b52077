// A thread, whose body is a callback that Swift cannot say, and dup3(2).
#define _GNU_SOURCE
#include "CKernel.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

int ck_duplicate(int from, int to) { return dup3(from, to, O_CLOEXEC); }

int ck_start_thread(void *(*body)(void *), void *argument, size_t stack) {
    pthread_attr_t attributes;
    pthread_t thread;
    int failure = pthread_attr_init(&attributes);
    if (failure != 0) return failure;
    if (stack < PTHREAD_STACK_MIN) stack = PTHREAD_STACK_MIN;
    pthread_attr_setstacksize(&attributes, stack);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    failure = pthread_create(&thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    return failure;
}
