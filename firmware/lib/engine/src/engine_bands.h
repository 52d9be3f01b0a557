/* Bands: a layer computed some output rows at a time, each followed by the sum that reads it, so
 * that the layer's whole output needs no memory. Generated code copies the layer's parameters,
 * narrows them to the band with one of these functions and calls the kernel as ever.
 *
 * Each returns how many input elements lie before the first one that the narrowed layer's input
 * begins at. Not for AVR, whose kernels read their parameters from flash.
 */
#ifndef ENGINE_BANDS_H
#define ENGINE_BANDS_H

#include <stddef.h>

#include "engine_kernels_sparse.h"
#include "engine_window.h"

/* `rows` output rows of a window from row `first` on. */
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

#endif
