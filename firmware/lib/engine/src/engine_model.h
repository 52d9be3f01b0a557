/* What one generated model offers the application, and how an image lists its models.
 *
 * Generated code defines, in image.h:
 *   IMAGE_BUILD_ID       string of 16 hexadecimal digits
 *   IMAGE_MODEL_COUNT    number of models, may be 0
 *   IMAGE_ARENA_BYTES    greatest arena of all models, at least 1
 *   IMAGE_INPUT_BYTES    greatest input of all models, at least 1
 *   image_models         const engine_model[IMAGE_MODEL_COUNT] in flash (ENGINE_FLASH)
 * and, only where a model has several inputs or outputs:
 *   IMAGE_TENSORS        number of tensors of all models
 *   image_tensors        const engine_tensor[IMAGE_TENSORS] in flash
 *   image_interfaces     const engine_interface[IMAGE_MODEL_COUNT] in flash
 *
 * On cores with a separate flash address space (AVR) the table lives in flash: copy an entry with
 * engine_flash_copy() before reading it.
 */
#ifndef ENGINE_MODEL_H
#define ENGINE_MODEL_H

#include <stdint.h>

#define ENGINE_NAME_BYTES 32

typedef struct {
    char name[ENGINE_NAME_BYTES]; /* NUL-terminated, cut where longer */
    uint32_t crc32;               /* of the .tflite file (zlib's CRC-32) */
    uint32_t input_bytes;         /* all inputs, NHWC, as the file lays them out */
    uint32_t input_offset;        /* where run() expects the first one in the arena */
    uint32_t output_bytes;        /* all outputs */
    uint32_t output_offset;       /* where run() leaves the first one in the arena */
    uint32_t arena_bytes;         /* planned arena of this model, input and output included */
    uint8_t encoding;             /* models with equal encoding take the very same input bytes */
    void (*run)(uint8_t *arena);  /* arena: ENGINE_ALIGN(16), at least arena_bytes */
    /* Sets the state of recurrent operators to zero, 0 where there are none. Call it before the
     * first run and wherever a new sequence starts: run() keeps the state in the arena. */
    void (*reset)(uint8_t *arena);
} engine_model;

/* An input or output in the arena. */
typedef struct {
    uint32_t bytes;
    uint32_t offset;
} engine_tensor;

/* The tensors of one model: from `first` on its inputs, then its outputs. */
typedef struct {
    uint16_t first;
    uint8_t inputs;
    uint8_t outputs;
} engine_interface;

#endif
