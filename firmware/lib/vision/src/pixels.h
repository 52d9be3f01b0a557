/* From a gray frame to a model's input: crop, scale, quantise, replicate. No state, no heap; the
 * caller owns all buffers. Every result is defined to the bit: docs/camera.md, "The pixel path". */
#ifndef PIXELS_H
#define PIXELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PIXELS_LEVELS 256

/* Sums are kept in 32 bits: so large may a frame be, in pixels. */
#define PIXELS_FRAME_MAX (UINT32_C(1) << 23)

typedef struct {
    uint16_t x, y; /* of the top left pixel */
    uint16_t width, height;
} pixels_window;

/* The greatest part of a frame that has the aspect ratio width : height, in its centre: one side is
 * the frame's, the other one is rounded down, but never below 1. All sizes 1..65535. */
pixels_window pixels_centre(uint16_t frame_width, uint16_t frame_height, uint16_t width,
                            uint16_t height);

/* Scales the window of a frame to width x height by the average over the area: an output pixel is
 * the mean of what it covers, parts of pixels counting in proportion, halves rounded up. Exact in
 * integers, larger or smaller; enlarged by a whole factor pixels are repeated.
 *
 * frame  frame_width pixels a row, at most PIXELS_FRAME_MAX in all; holds the window
 * to     width * height bytes, no part of the frame */
void pixels_scale(const uint8_t *frame, uint16_t frame_width, const pixels_window *window,
                  uint8_t *to, uint16_t width, uint16_t height);

/* What a pixel stands for: value = pixel * scale + offset, each operation rounded to float32. */
typedef struct {
    float scale, offset;
} pixels_range;

/* Quantised values of all pixels as TensorFlow Lite's QUANTIZE has them: value / input_scale in
 * float32, to the nearest integer, halves away from zero, plus zero_point, clamped to int8.
 * input_scale > 0, all finite. */
void pixels_table_s8(int8_t table[PIXELS_LEVELS], pixels_range range, float input_scale,
                     int8_t zero_point);

/* Turn `count` pixels, in place, into as many groups of `channels` equal values: int8 looked up in
 * the table, or float32 (unaligned). The buffer holds count * channels values. */
void pixels_expand_s8(uint8_t *buffer, uint32_t count, uint8_t channels,
                      const int8_t table[PIXELS_LEVELS]);
void pixels_expand_f32(uint8_t *buffer, uint32_t count, uint8_t channels, pixels_range range);

#ifdef __cplusplus
}
#endif

#endif
