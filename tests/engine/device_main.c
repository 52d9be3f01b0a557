/* Test driver: reads (model index, 1 to go on with the last arena, input) from stdin, runs, writes
 * the whole arena to stdout.
 * Every arena is a heap block of exactly the planned size, so the sanitizer sees any overrun. */
#define _POSIX_C_SOURCE 200112L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

int main(void)
{
    int index;
    void *block = NULL;
    while ((index = getchar()) != EOF) {
        if (index >= IMAGE_MODEL_COUNT) {
            return 2;
        }
        const engine_model *model = &image_models[index];
        const int going_on = getchar();
        if (!going_on) {
            free(block);
            if (posix_memalign(&block, 16, model->arena_bytes) != 0) {
                return 3;
            }
            memset(block, 0x5a, model->arena_bytes);
        }
        uint8_t *arena = block;
#if defined(IMAGE_TENSORS)
        const engine_interface *known = &image_interfaces[index];
        for (int i = 0; i < known->inputs; i++) {
            const engine_tensor *tensor = &image_tensors[known->first + i];
            if (fread(arena + tensor->offset, 1, tensor->bytes, stdin) != tensor->bytes) {
                return 4;
            }
        }
#else
        if (fread(arena + model->input_offset, 1, model->input_bytes, stdin) !=
            model->input_bytes) {
            return 4;
        }
#endif
        if (!going_on && model->reset) {
            model->reset(arena);
        }
        model->run(arena);
        if (fwrite(arena, 1, model->arena_bytes, stdout) != model->arena_bytes) {
            return 5;
        }
    }
    free(block);
    return 0;
}
