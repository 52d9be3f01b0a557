/* The model of tflm_image.h, which harness/tflm/model.py writes, run by TFLM's MicroInterpreter.
 *
 * Interpreter and operator table live in static storage: there is no heap, and both are built anew
 * for every tflm_prepare(). C++11, as the oldest Arduino cores compile it. */
#include "tflm_model.h"

#include <stddef.h>
#include <string.h>

#include <new>
#include <type_traits>

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
#if defined(TFLM_IMAGE_LAYERS)
#include "tflm_profiler.h"
#endif

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
#if defined(TFLM_IMAGE_LAYERS)
alignas(TflmProfiler) unsigned char profiler_place[sizeof(TflmProfiler)];
TflmProfiler *profiler; /* null until the first use */
#if defined(TFLM_IMAGE_TENSORS)
constexpr bool keep_all = true;
const int32_t layer_tensors[TFLM_IMAGE_LAYERS] = TFLM_IMAGE_TENSORS;
const uint32_t layer_bytes[TFLM_IMAGE_LAYERS] = TFLM_IMAGE_TENSOR_BYTES;
uint32_t layer_offsets[TFLM_IMAGE_LAYERS];
#else
constexpr bool keep_all = false;
#endif
static_assert(std::is_constructible<Interpreter, const tflite::Model *, const Resolver &, uint8_t *,
                                    size_t, decltype(nullptr), TflmProfiler *, bool>::value,
              "layers need a library whose interpreter takes a profiler and keeps all tensors");
#endif

/* Where `wanted` bytes of data lie in the arena; false where they lie elsewhere. */
bool offset_of(const void *at, uint32_t wanted, const uint8_t *arena, uint32_t bytes,
               uint32_t *offset)
{
    const uintptr_t base = reinterpret_cast<uintptr_t>(arena);
    const uintptr_t data = reinterpret_cast<uintptr_t>(at);
    if (data < base || data - base > bytes || bytes - (data - base) < wanted) {
        return false;
    }
    *offset = static_cast<uint32_t>(data - base);
    return true;
}

/* The same of a tensor; false also where it has another size. */
bool locate(const TfLiteTensor *tensor, uint32_t wanted, const uint8_t *arena, uint32_t bytes,
            uint32_t *offset)
{
    return tensor != nullptr && tensor->bytes == wanted &&
           offset_of(tensor->data.raw, wanted, arena, bytes, offset);
}

#if defined(TFLM_IMAGE_LAYERS)
void begin_profile(void)
{
    if (profiler == nullptr) {
        profiler = new (profiler_place) TflmProfiler();
    }
    profiler->clear();
}

/* Runs the model once, on an input of zeros, to see whether the library reports its operators. */
uint8_t check_layers(uint8_t *arena, uint32_t bytes)
{
#if defined(TFLM_IMAGE_TENSORS)
    for (uint32_t i = 0; i < TFLM_IMAGE_LAYERS; i++) {
        const TfLiteEvalTensor *tensor = interpreter->GetTensor(layer_tensors[i]);
        if (tensor == nullptr ||
            !offset_of(tensor->data.raw, layer_bytes[i], arena, bytes, &layer_offsets[i])) {
            return TFLM_OTHER_INTERFACE;
        }
    }
#else
    static_cast<void>(bytes);
#endif
    memset(arena + input_offset, 0, TFLM_IMAGE_INPUT_BYTES);
    begin_profile();
    if (interpreter->Invoke() != kTfLiteOk) {
        return TFLM_NOT_INVOKED;
    }
    return profiler->complete() ? TFLM_READY : TFLM_NOT_PROFILED;
}
#endif

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
#if defined(TFLM_IMAGE_LAYERS)
    begin_profile();
    interpreter = new (interpreter_place)
        Interpreter(model, *resolver, arena, bytes, nullptr, profiler, keep_all);
#else
    interpreter = new (interpreter_place) Interpreter(model, *resolver, arena, bytes);
#endif
    if (interpreter->AllocateTensors() != kTfLiteOk) {
        return TFLM_NOT_ALLOCATED;
    }
    if (interpreter->inputs_size() != 1 || interpreter->outputs_size() != 1 ||
        !locate(interpreter->input(0), TFLM_IMAGE_INPUT_BYTES, arena, bytes, &input_offset) ||
        !locate(interpreter->output(0), TFLM_IMAGE_OUTPUT_BYTES, arena, bytes, &output_offset)) {
        return TFLM_OTHER_INTERFACE;
    }
#if defined(TFLM_IMAGE_LAYERS)
    return check_layers(arena, bytes);
#else
    return TFLM_READY;
#endif
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

void tflm_place(uint8_t index, engine_model *model)
{
    model->input_offset = input_offset;
#if defined(TFLM_IMAGE_TENSORS)
    model->output_offset = layer_offsets[index];
#else
    static_cast<void>(index);
    model->output_offset = output_offset;
#endif
}

void tflm_run(uint8_t *arena)
{
    static_cast<void>(arena); /* the interpreter knows it */
#if defined(TFLM_IMAGE_LAYERS)
    begin_profile();
#endif
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

#if defined(TFLM_IMAGE_LAYERS)
void tflm_ran(uint8_t *arena)
{
    static_cast<void>(arena);
}

uint64_t tflm_layer_ticks(uint8_t index)
{
    return profiler != nullptr ? profiler->ticks(index) : 0;
}

uint64_t tflm_empty_event(void)
{
    /* Through a pointer that the compiler does not see through, as the interpreter has it. */
    begin_profile();
    tflite::MicroProfilerInterface *volatile any = profiler;
    tflite::MicroProfilerInterface *const seen = any;
    seen->EndEvent(seen->BeginEvent(""));
    return profiler->ticks(0);
}
#endif
