/* Runs on the frames of a sequence, which keep the model's state. For app_answers.c alone. */
#ifndef APP_FRAMES_H
#define APP_FRAMES_H

#include <stdint.h>

#define FLAG_KEEP_STATE 0x02u
#define NO_MODEL 0xFFu

/* The model whose state the arena holds, the sample that it ran on last, and that run's time. */
static uint8_t state_model = NO_MODEL;
static uint32_t state_sample;
static uint64_t state_ticks;

/* A run's place in a sequence. */
typedef enum { FIRST, NEXT, AGAIN, LOST } frame_place;

/* Return the place of a run of model `index` on a sample. Images in which no run depends on
 * another have first frames alone. */
static inline frame_place place_of(uint8_t flags, uint8_t index, uint32_t number)
{
#if defined(IMAGE_STATES) || defined(IMAGE_TFLM)
    if (flags & FLAG_KEEP_STATE) {
        if (state_model == index && state_sample == number) {
            return AGAIN;
        }
        return state_model == index && state_sample + 1 == number ? NEXT : LOST;
    }
#else
    (void)flags;
    (void)index;
    (void)number;
#endif
    return FIRST;
}

#endif
