/* Where frames come from: 8-bit gray, rows from the top, without padding. One implementation is
 * linked: a sensor's (firmware/cameras/), or the test pattern of simulated boards. */
#ifndef FRAME_SOURCE_H
#define FRAME_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FRAME_SOURCE_ALIGN 32 /* bytes: a cache line, as DMA writes frames behind the cache */

/* Starts the source anew, with frames of that size. Returns false where the sensor does not answer
 * or has no such frames. May be called again. */
bool frame_source_open(uint16_t width, uint16_t height);

/* Waits for the next frame and puts it into `pixels` (width * height bytes, aligned to
 * FRAME_SOURCE_ALIGN); `ticks` is how long that took, by the source's own clock. Returns false
 * where no frame came in time. */
bool frame_source_grab(uint8_t *pixels, uint64_t *ticks);

/* What reports call it, e.g. "HM01B0"; at most 23 characters. */
const char *frame_source_name(void);

/* The clock of frame_source_grab: that of port.h unless waiting for a frame stops it. */
const char *frame_source_clock_name(void); /* at most 23 characters */
uint32_t frame_source_clock_hz(void);

#ifdef __cplusplus
}
#endif

#endif
