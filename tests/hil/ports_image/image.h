/* Three hand-made models whose results, costs and stacks are known by construction. */
#ifndef IMAGE_H
#define IMAGE_H

#include "engine_flash.h"
#include "engine_model.h"

#include "model_add.h"
#include "model_burn.h"
#include "model_deep.h"

#define IMAGE_BUILD_ID "0123456789abcdef"
#define IMAGE_MODEL_COUNT 3
#define IMAGE_ARENA_BYTES 400
#define IMAGE_INPUT_BYTES 200
#define IMAGE_MARKER_PIN 4

static const engine_model image_models[IMAGE_MODEL_COUNT] ENGINE_FLASH = {
    {"add", 0x11111111u, 200, 0, 200, 200, 400, 1, model_add_run, 0},
    {"burn", 0x22222222u, 4, 8, 4, 0, 12, 2, model_burn_run, 0},
    {"deep", 0x33333333u, 4, 0, 1, 4, 5, 2, model_deep_run, 0},
};

#endif
