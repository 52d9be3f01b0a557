/* Scale and zero point at the end of a quantised row (engine_kernels_hybrid.h, "Rows"). */
#ifndef ENGINE_ROW_HYBRID_H
#define ENGINE_ROW_HYBRID_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine_kernels_hybrid.h"

typedef struct {
    float scale;
    int32_t zero_point;
} engine_row_tail;

static inline engine_row_tail engine_row_read(const int8_t *row, size_t depth)
{
    engine_row_tail tail;
    memcpy(&tail, row + ENGINE_ROW_PITCH(depth) - ENGINE_ROW_TAIL, sizeof tail);
    return tail;
}

static inline void engine_row_write(int8_t *row, size_t depth, engine_row_tail tail)
{
    memcpy(row + ENGINE_ROW_PITCH(depth) - ENGINE_ROW_TAIL, &tail, sizeof tail);
}

#endif
