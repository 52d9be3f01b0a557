/* Rows of a broadcast operation: the innermost dimension is the kernel's loop. */
#ifndef ENGINE_ROWS_H
#define ENGINE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine_flash.h"
#include "engine_kernels_elementwise.h"

typedef struct {
    int32_t dims[ENGINE_RANK][3]; /* size, step of operand 1, step of operand 2 */
    int32_t index[ENGINE_RANK];
    int32_t at1, at2; /* first element of the row in each operand */
} engine_rows;

static inline void engine_rows_begin(engine_rows *r, const int32_t *dims)
{
    memset(r, 0, sizeof *r);
    engine_flash_copy(r->dims, dims, sizeof r->dims);
}

/* Go to the next row. Return false after the last one. */
static inline bool engine_rows_next(engine_rows *r)
{
    for (int d = ENGINE_RANK - 2; d >= 0; d--) {
        r->at1 += r->dims[d][1];
        r->at2 += r->dims[d][2];
        if (++r->index[d] < r->dims[d][0]) {
            return true;
        }
        r->index[d] = 0;
        r->at1 -= r->dims[d][0] * r->dims[d][1];
        r->at2 -= r->dims[d][0] * r->dims[d][2];
    }
    return false;
}

/* Return an element of operand 2; `constant`: it is in flash. */
static inline int8_t engine_operand_s8(const int8_t *x, bool constant)
{
    return constant ? engine_flash_i8(x) : *x;
}

static inline float engine_operand_f32(const float *x, bool constant)
{
    return constant ? engine_flash_f32(x) : *x;
}

#endif
