/* The models of the image. */
#ifndef APP_MODELS_H
#define APP_MODELS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine_flash.h"
#include "engine_model.h"
#include "image.h"
#include "port.h"

/* PlatformIO finds libraries by what the sources here include. */
#if defined(IMAGE_TFLM)
#include "tflm_model.h"
#endif
#if defined(IMAGE_LIBRARY)
#include "library_model.h" /* of an exported library */
#endif

/* Copy the entry of model `index` out of flash. Return false where there is none. */
static inline bool load_model(uint8_t index, engine_model *model)
{
#if IMAGE_MODEL_COUNT > 0
    if (index < IMAGE_MODEL_COUNT) {
        engine_flash_copy(model, &image_models[index], sizeof *model);
#if defined(IMAGE_TFLM)
        tflm_place(index, model);
#endif
        return true;
    }
#else
    (void)index;
    (void)model;
#endif
    return false;
}

/* Return whether models can run: those of the engine always, an interpreter's once PREPARE has set
 * it up. */
static inline bool ready(void)
{
#if defined(IMAGE_TFLM)
    return tflm_status() == TFLM_READY;
#else
    return true;
#endif
}

/* Run a model and return the ticks that it took. Apart, so that the few instructions around the
 * model are the same in every image, and with them its count. */
__attribute__((noinline)) static uint64_t timed_run(void (*run)(uint8_t *), uint8_t index,
                                                    uint8_t *arena)
{
#if defined(IMAGE_TFLM_LAYERS)
    run(arena);
    return tflm_layer_ticks(index);
#else
    (void)index;
    port_counter_start();
    run(arena);
    return port_counter_stop();
#endif
}

/* Return the bytes of the largest input among the models that take this encoding, 0 without any. */
static inline uint32_t greatest_input(uint8_t encoding)
{
    uint32_t greatest = 0;
    engine_model model;
    for (uint8_t i = 0; load_model(i, &model); i++) {
        if (model.encoding == encoding && model.input_bytes > greatest) {
            greatest = model.input_bytes;
        }
    }
    return greatest;
}

#endif
