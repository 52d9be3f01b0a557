/* The model of tflm_image.h, which harness/tflm/model.py writes, run by TFLM's MicroInterpreter.
 *
 * Interpreter and operator table live in static storage: there is no heap, and both are built anew
 * for every tflm_prepare(). C++11, as the oldest Arduino cores compile it. */
#include "tflm_model.h"

#include <stddef.h>

#include <new>

#include "tflm_image.h" /* with the library's macros: before its headers */
#include "tflm_log.h"

/* The library's headers answer to their own rules. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"
#pragma GCC diagnostic pop

namespace
{

using Interpreter = tflite::MicroInterpreter;
using Resolver = tflite::MicroMutableOpResolver<TFLM_IMAGE_OPERATORS>;

/* Room for the two objects, which only build() makes. */
alignas(Interpreter) unsigned char interpreter_place[sizeof(Interpreter)];
alignas(Resolver) unsigned char resolver_place[sizeof(Resolver)];
Interpreter *interpreter; /* null until the first tflm_prepare() */
uint32_t input_offset;
uint32_t output_offset;
uint8_t status = TFLM_NOT_ALLOCATED;

/* Where a tensor of `wanted` bytes lies in the arena; false where it is another, or elsewhere. */
bool locate(const TfLiteTensor *tensor, uint32_t wanted, const uint8_t *arena, uint32_t bytes,
            uint32_t *offset)
{
    if (tensor == nullptr || tensor->bytes != wanted) {
        return false;
    }
    const uintptr_t base = reinterpret_cast<uintptr_t>(arena);
    const uintptr_t data = reinterpret_cast<uintptr_t>(tensor->data.raw);
    if (data < base || data - base > bytes || bytes - (data - base) < wanted) {
        return false;
    }
    *offset = static_cast<uint32_t>(data - base);
    return true;
}

uint8_t build(uint8_t *arena, uint32_t bytes)
{
    const tflite::Model *model = tflite::GetModel(TFLM_IMAGE_MODEL);
    if (model->version() != TFLITE_SCHEMA_VERSION) {
        return TFLM_OTHER_SCHEMA;
    }
    Resolver *resolver = new (resolver_place) Resolver();
    if (!(TFLM_IMAGE_ADD_OPERATORS(*resolver))) {
        return TFLM_NO_OPERATOR;
    }
    interpreter = new (interpreter_place) Interpreter(model, *resolver, arena, bytes);
    if (interpreter->AllocateTensors() != kTfLiteOk) {
        return TFLM_NOT_ALLOCATED;
    }
    if (interpreter->inputs_size() != 1 || interpreter->outputs_size() != 1 ||
        !locate(interpreter->input(0), TFLM_IMAGE_INPUT_BYTES, arena, bytes, &input_offset) ||
        !locate(interpreter->output(0), TFLM_IMAGE_OUTPUT_BYTES, arena, bytes, &output_offset)) {
        return TFLM_OTHER_INTERFACE;
    }
    return TFLM_READY;
}

} // namespace

uint8_t tflm_prepare(uint8_t *arena, uint32_t bytes)
{
    if (interpreter != nullptr) {
        interpreter->~Interpreter();
        interpreter = nullptr;
    }
    tflm_log_clear();
    input_offset = 0;
    output_offset = 0;
    status = build(arena, bytes);
    return status;
}

uint32_t tflm_used_bytes(void)
{
    return status == TFLM_READY ? static_cast<uint32_t>(interpreter->arena_used_bytes()) : 0;
}

uint8_t tflm_status(void)
{
    return status;
}

const char *tflm_message(void)
{
    return tflm_log_text();
}

void tflm_place(engine_model *model)
{
    model->input_offset = input_offset;
    model->output_offset = output_offset;
}

void tflm_run(uint8_t *arena)
{
    static_cast<void>(arena); /* the interpreter knows it */
    if (status == TFLM_READY && interpreter->Invoke() != kTfLiteOk) {
        status = TFLM_NOT_INVOKED;
    }
}

void tflm_reset(uint8_t *arena)
{
    static_cast<void>(arena);
    if (status == TFLM_READY && interpreter->Reset() != kTfLiteOk) {
        status = TFLM_NOT_INVOKED;
    }
}
