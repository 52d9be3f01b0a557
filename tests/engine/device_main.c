/* Test driver: reads (model index, input) from stdin, runs, writes the whole arena to stdout.
 * Every arena is a heap block of exactly the planned size, so the sanitizer sees any overrun. */
#define _POSIX_C_SOURCE 200112L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

int main(void)
{
    int index;
    while ((index = getchar()) != EOF) {
        if (index >= IMAGE_MODEL_COUNT) {
            return 2;
        }
        const engine_model *model = &image_models[index];
        void *block = NULL;
        if (posix_memalign(&block, 16, model->arena_bytes) != 0) {
            return 3;
        }
        uint8_t *arena = block;
        memset(arena, 0x5a, model->arena_bytes);
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
        if (model->reset) {
            model->reset(arena);
        }
        model->run(arena);
        if (fwrite(arena, 1, model->arena_bytes, stdout) != model->arena_bytes) {
            return 5;
        }
        free(block);
    }
    return 0;
}
