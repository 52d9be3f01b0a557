#include <stdbool.h>

#include "engine_flash.h"
#include "engine_kernels_types.h"

static void copy_item(int8_t *to, const int8_t *from, int item, bool constant)
{
    for (int k = 0; k < item; k++) {
        to[k] = constant ? engine_flash_i8(from + k) : from[k];
    }
}

void engine_select(const engine_select_params *params, const int8_t *condition, const void *input1,
                   const void *input2, const int32_t *dims, void *output)
{
    engine_select_params p;
    engine_flash_copy(&p, params, sizeof p);
    int32_t walk[ENGINE_RANK][4];
    engine_flash_copy(walk, dims, sizeof walk);
    int32_t index[ENGINE_RANK] = {0};
    int32_t at[3] = {0};
    int8_t *to = output;
    for (;;) {
        const bool first = (condition[at[0]] != 0) != (p.flip != 0);
        const int8_t *from = first ? (const int8_t *)input1 + at[1] * p.item
                                   : (const int8_t *)input2 + at[2] * p.item;
        copy_item(to, from, p.item, first ? p.constant1 != 0 : p.constant2 != 0);
        to += p.item;
        int d = ENGINE_RANK - 1;
        for (; d >= 0; d--) {
            for (int k = 0; k < 3; k++) {
                at[k] += walk[d][k + 1];
            }
            if (++index[d] < walk[d][0]) {
                break;
            }
            index[d] = 0;
            for (int k = 0; k < 3; k++) {
                at[k] -= walk[d][0] * walk[d][k + 1];
            }
        }
        if (d < 0) {
            return;
        }
    }
}
