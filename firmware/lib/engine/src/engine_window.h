/* The geometry shared by convolutions and pools, and how a window is cut at the border. */
#ifndef ENGINE_WINDOW_H
#define ENGINE_WINDOW_H

#include <stdint.h>

/* Input [in_h][in_w][in_c], output [out_h][out_w][out_c], one image. Every size and every
 * coordinate a window reaches (padding included) fits in int16_t; strides and dilations are at
 * least 1. Padding is never stored: taps outside the input are skipped. */
typedef struct {
    int16_t in_h, in_w, in_c;
    int16_t out_h, out_w, out_c;
    int16_t kernel_h, kernel_w;
    int16_t stride_h, stride_w;
    int16_t dilation_h, dilation_w;
    int16_t pad_top, pad_left;
} engine_window;

/* The taps of one window axis that lie inside the input: `count` taps from tap `first` on, of
 * which the first reads coordinate `start`. start is 0 where count is 0. */
typedef struct {
    int first, count, start;
} engine_taps;

static inline engine_taps engine_clip(int origin, int size, int kernel, int dilation)
{
    engine_taps taps = {0, kernel, origin};
    if (origin >= 0 && origin + (kernel - 1) * dilation < size) {
        return taps;
    }
    while (taps.start < 0 && taps.first < kernel) {
        taps.first++;
        taps.start += dilation;
    }
    taps.count = kernel - taps.first;
    while (taps.count > 0 && taps.start + (taps.count - 1) * dilation >= size) {
        taps.count--;
    }
    if (taps.count == 0) {
        taps.start = 0;
    }
    return taps;
}

#endif
