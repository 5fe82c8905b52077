/* libFuzzer's side of Tests/FuzzBodies: BASCULE_FUZZ is a target's number, as in FuzzTarget. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

void bascule_fuzz(int32_t target, const uint8_t *octets, intptr_t count);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t count)
{
    static int target = -1;
    if (target < 0) {
        const char *number = getenv("BASCULE_FUZZ");
        target = number ? atoi(number) : 0;
    }
    bascule_fuzz(target, octets, (intptr_t)count);
    return 0;
}
