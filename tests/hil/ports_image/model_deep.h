/* Uses 120 bytes of stack and hardly more. The output is their sum's low byte, 228. */
#ifndef MODEL_DEEP_H
#define MODEL_DEEP_H

#include <stdint.h>

static void model_deep_run(uint8_t *arena)
{
    volatile uint8_t deep[120];
    uint8_t sum = 0;
    for (uint8_t i = 0; i < sizeof deep; i++) {
        deep[i] = i;
    }
    for (uint8_t i = 0; i < sizeof deep; i++) {
        sum = (uint8_t)(sum + deep[i]);
    }
    arena[4] = sum;
}

#endif
