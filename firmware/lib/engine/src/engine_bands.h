/* Bands: a layer computed some output rows at a time, each followed by what reads it, so that the
 * layer's whole output needs no memory. Generated code copies the parameters, narrows them to the
 * band with these functions and calls the kernels as ever. Not for AVR, whose kernels read their
 * parameters from flash.
 */
#ifndef ENGINE_BANDS_H
#define ENGINE_BANDS_H

#include <stddef.h>
#include <string.h>

#include "engine_kernels_sparse.h"
#include "engine_window.h"

/* Narrows a window to `rows` output rows from row `first` on. Returns how many input elements lie
 * before the first one that the narrowed layer's input begins at. */
static inline size_t engine_window_band(engine_window *window, int16_t first, int16_t rows)
{
    const int start = first * window->stride_h - window->pad_top;
    window->out_h = rows;
    if (start <= 0) {
        window->pad_top = (int16_t)-start;
        return 0;
    }
    window->pad_top = 0;
    window->in_h = (int16_t)(window->in_h - start);
    return (size_t)start * (size_t)window->in_w * (size_t)window->in_c;
}

/* The same of a grid of windows. */
static inline size_t engine_grid_band(engine_sparse_grid *grid, uint16_t first, uint16_t rows)
{
    grid->out_h = rows;
    return (size_t)first * (size_t)grid->step_y;
}

/* The same of pixels, `depth` inputs each: the rows of a fully connected layer. */
static inline size_t engine_pixels_band(uint16_t *rows, uint16_t depth, uint32_t first,
                                        uint16_t count)
{
    *rows = count;
    return (size_t)first * depth;
}

/* Input rows start..end - 1 of a layer. */
typedef struct {
    int16_t start, end;
} engine_band;

/* Narrows a window to `rows` output rows from row `first` on, and to the input rows that they read:
 * the narrowed layer's input begins at the first of these. */
static inline engine_band engine_window_reads(engine_window *window, int16_t first, int16_t rows)
{
    const int top = first * window->stride_h - window->pad_top;
    const int reach = (rows - 1) * window->stride_h + (window->kernel_h - 1) * window->dilation_h;
    const int start = top > 0 ? top : 0;
    const int end = top + reach < window->in_h ? top + reach + 1 : window->in_h;
    window->pad_top = (int16_t)(start - top);
    window->in_h = (int16_t)(end - start);
    window->out_h = rows;
    return (engine_band){(int16_t)start, (int16_t)end};
}

/* The same of a fully connected layer whose rows are the `width` pixels of each image row. */
static inline engine_band engine_pixels_read(uint16_t *pixels, uint16_t width, int16_t first,
                                             int16_t rows)
{
    *pixels = (uint16_t)((uint16_t)rows * width);
    return (engine_band){first, (int16_t)(first + rows)};
}

/* Moves what the buffer of image rows `held` has of the rows `wanted` to its beginning; returns how
 * many rows that is. */
static inline int16_t engine_keep_rows(void *buffer, size_t row_bytes, engine_band held,
                                       engine_band wanted)
{
    const int kept = held.end - wanted.start;
    if (kept <= 0) {
        return 0;
    }
    memmove(buffer, (const uint8_t *)buffer + (size_t)(wanted.start - held.start) * row_bytes,
            (size_t)kept * row_bytes);
    return (int16_t)kept;
}

#endif
