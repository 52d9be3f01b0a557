/* The second engine: one model run by TensorFlow Lite Micro (TFLM), in the table that
 * engine_model.h describes. Only an image that has such a model includes this header, so that
 * PlatformIO compiles the glue, and the library it needs, for no other image.
 *
 * TFLM's own memory is decided when the model is prepared: tflm_prepare() comes first, and the
 * places of input and output in the arena are known after it.
 */
#ifndef TFLM_MODEL_H
#define TFLM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why a model cannot run; docs/protocol.md, PREPARE. */
enum {
    TFLM_READY = 0,
    TFLM_OTHER_SCHEMA = 1,    /* the file's schema version is not the library's */
    TFLM_NO_OPERATOR = 2,     /* the resolver took not all of the model's operators */
    TFLM_NOT_ALLOCATED = 3,   /* AllocateTensors() failed */
    TFLM_OTHER_INTERFACE = 4, /* input or output have other sizes, or lie outside the arena */
    TFLM_NOT_INVOKED = 5,     /* Invoke() failed */
    TFLM_NOT_PROFILED = 6     /* the library's profiler reports other operators than the file has */
};

/* Builds the interpreter anew in the first `bytes` of `arena` (ENGINE_ALIGN(16)) and returns one of
 * the codes above. Not below tflm_used_bytes() of an earlier success: TFLM's constructors do not
 * check whether they got memory. */
uint8_t tflm_prepare(uint8_t *arena, uint32_t bytes);

/* What TFLM says that it uses of the arena; 0 unless the model is ready. */
uint32_t tflm_used_bytes(void);

/* One of the codes above: of the last tflm_prepare(), or TFLM_NOT_INVOKED after a failed run. */
uint8_t tflm_status(void);

/* TFLM's own last words since tflm_prepare() began, "" where the library tells nothing. */
const char *tflm_message(void);

/* Writes where input and output of entry `index` lie in the arena; 0 unless the model is ready. */
void tflm_place(uint8_t index, engine_model *model);

/* The entry's run(): Invoke(). It does nothing unless the model is ready. */
void tflm_run(uint8_t *arena);

/* The entry's reset(): sets the model's variable tensors to their zero point. */
void tflm_reset(uint8_t *arena);

/* Of images with layers, whose table has an entry for each operator: the first one's run() is
 * tflm_run, which times all, and that of the others does nothing. */

/* The run() of an entry whose figures the last tflm_run has made. */
void tflm_ran(uint8_t *arena);

/* Ticks of operator `index` in the last tflm_run, an empty event included; 0 where there is none.
 */
uint64_t tflm_layer_ticks(uint8_t index);

/* Ticks of an event around nothing. */
uint64_t tflm_empty_event(void);

#ifdef __cplusplus
}
#endif

#endif
