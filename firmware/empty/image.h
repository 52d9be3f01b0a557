/* An image without models: what `pio run` builds on its own, and the base of footprints. */
#ifndef IMAGE_H
#define IMAGE_H

#include "engine_model.h"

#define IMAGE_BUILD_ID "0000000000000000"
#define IMAGE_MODEL_COUNT 0
#define IMAGE_ARENA_BYTES 1
#define IMAGE_INPUT_BYTES 1

#endif
