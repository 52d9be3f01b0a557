/* output[i] = input[i] + 1, 200 bytes. */
#ifndef MODEL_ADD_H
#define MODEL_ADD_H

#include <stdint.h>

static void model_add_run(uint8_t *arena)
{
    for (uint8_t i = 0; i < 200; i++) {
        arena[200 + i] = (uint8_t)(arena[i] + 1);
    }
}

#endif
