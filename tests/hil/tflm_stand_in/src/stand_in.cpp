/* One FULLY_CONNECTED layer of int8, quantised per tensor and without activation, computed with the
 * double rounding of TensorFlow Lite's reference kernels. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "tensorflow/lite/micro/debug_log.h"
#include "tensorflow/lite/micro/micro_interpreter.h"

namespace
{

enum { PERSISTENT = 64, TEMPORARY = 200, INT8 = 9, FULLY_CONNECTED = 9 };

template <typename Value> Value read(const uint8_t *at)
{
    Value value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Field `slot` of a table; null where the file leaves it out. */
const uint8_t *field(const uint8_t *table, unsigned slot)
{
    const uint8_t *vtable = table - read<int32_t>(table);
    const unsigned offset = 4 + 2 * slot;
    const unsigned place = offset < read<uint16_t>(vtable) ? read<uint16_t>(vtable + offset) : 0u;
    return place != 0 ? table + place : nullptr;
}

/* What a field points to: a table, or a vector, which begins with its length. */
const uint8_t *target(const uint8_t *table, unsigned slot)
{
    const uint8_t *at = field(table, slot);
    return at + read<uint32_t>(at);
}

const uint8_t *element(const uint8_t *vector, unsigned index)
{
    const uint8_t *at = vector + 4 + 4 * index;
    return at + read<uint32_t>(at);
}

int32_t number(const uint8_t *vector, unsigned index)
{
    return read<int32_t>(vector + 4 + 4 * index);
}

struct Tensor {
    const uint8_t *data;
    uint32_t elements;
    float scale;
    int32_t zero_point;
    int type;
};

/* Model: buffers are field 4, subgraphs 2. Tensor: shape 0, type 1, buffer 2, quantisation 4. */
Tensor tensor(const uint8_t *model, const uint8_t *subgraph, int32_t index)
{
    const uint8_t *table = element(target(subgraph, 0), static_cast<unsigned>(index));
    const uint8_t *shape = target(table, 0);
    const uint8_t *quantisation = field(table, 4) ? target(table, 4) : nullptr;
    Tensor found = {nullptr, 1, 0, 0, field(table, 1) ? *field(table, 1) : 0};
    for (unsigned i = 0; i < read<uint32_t>(shape); i++) {
        found.elements *= static_cast<uint32_t>(number(shape, i));
    }
    if (quantisation != nullptr && field(quantisation, 2) != nullptr) {
        found.scale = read<float>(target(quantisation, 2) + 4);
        found.zero_point = static_cast<int32_t>(read<int64_t>(target(quantisation, 3) + 4));
    }
    const uint8_t *buffer =
        element(target(model, 4), field(table, 2) ? read<uint32_t>(field(table, 2)) : 0u);
    found.data = field(buffer, 0) ? target(buffer, 0) + 4 : nullptr;
    return found;
}

struct Layer {
    Tensor input, weights, bias, output;
};

Layer layer(const tflite::Model *file)
{
    const uint8_t *model = reinterpret_cast<const uint8_t *>(file);
    const uint8_t *subgraph = element(target(model, 2), 0);
    const uint8_t *operation = element(target(subgraph, 3), 0);
    const uint8_t *inputs = target(operation, 1);
    return {tensor(model, subgraph, number(inputs, 0)), tensor(model, subgraph, number(inputs, 1)),
            tensor(model, subgraph, number(inputs, 2)),
            tensor(model, subgraph, number(target(operation, 2), 0))};
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    DebugLog(format, arguments);
    va_end(arguments);
}

size_t aligned(size_t bytes)
{
    return (bytes + 15) / 16 * 16;
}

int32_t requantise(int32_t sum, double scale)
{
    int exponent;
    const int64_t mantissa = static_cast<int64_t>(round(frexp(scale, &exponent) * 2147483648.0));
    const int64_t product = sum * mantissa;
    const int64_t nudge = product >= 0 ? 1 << 30 : 1 - (1 << 30);
    const int32_t high = static_cast<int32_t>((product + nudge) / (INT64_C(1) << 31));
    const int32_t mask = (1 << -exponent) - 1;
    const int32_t threshold = (mask >> 1) + (high < 0);
    return (high >> -exponent) + ((high & mask) > threshold);
}

} // namespace

namespace tflite
{

uint32_t Model::version() const
{
    return read<uint32_t>(field(reinterpret_cast<const uint8_t *>(this), 0));
}

const Model *GetModel(const void *file)
{
    const uint8_t *bytes = static_cast<const uint8_t *>(file);
    return reinterpret_cast<const Model *>(bytes + read<uint32_t>(bytes));
}

MicroInterpreter::MicroInterpreter(const Model *model, const MicroOpResolver &resolver,
                                   uint8_t *arena, size_t arena_size, MicroResourceVariables *,
                                   MicroProfilerInterface *profiler, bool preserve_all_tensors)
    : model_(model), resolver_(resolver), arena_(arena), arena_size_(arena_size), input_(),
      output_(), kept_(), profiler_(profiler), preserve_(preserve_all_tensors), state_(0)
{
    memset(arena_ + arena_size_ - PERSISTENT, 0x5A, PERSISTENT); /* unchecked, as TFLM does */
}

TfLiteStatus MicroInterpreter::AllocateTensors()
{
    const Layer found = layer(model_);
    if (!resolver_.fully_connected || found.input.type != INT8) {
        say("Didn't find op for builtin opcode '%s' version %d\n", "FULLY_CONNECTED", 1);
        return kTfLiteError;
    }
    const size_t wanted = TEMPORARY + PERSISTENT;
    if (arena_size_ < wanted) {
        say("Requested: %zu, available %u, missing: %u\n", wanted,
            static_cast<unsigned>(arena_size_), static_cast<unsigned>(wanted - arena_size_));
        return kTfLiteError;
    }
    memset(arena_, 0xA5, TEMPORARY);
    input_.bytes = found.input.elements;
    output_.bytes = found.output.elements;
    input_.data.raw = reinterpret_cast<char *>(arena_);
    output_.data.raw = reinterpret_cast<char *>(arena_ + aligned(input_.bytes));
    kept_.data.raw = output_.data.raw;
    return kTfLiteOk;
}

size_t MicroInterpreter::arena_used_bytes() const
{
    return PERSISTENT + aligned(input_.bytes) + aligned(output_.bytes);
}

TfLiteStatus MicroInterpreter::Invoke()
{
    const bool profiled = profiler_ != nullptr && !STAND_IN_NO_EVENTS;
    const uint32_t event = profiled ? profiler_->BeginEvent("FULLY_CONNECTED") : 0;
    const Layer found = layer(model_);
    const double scale = static_cast<double>(found.input.scale) *
                         static_cast<double>(found.weights.scale) /
                         static_cast<double>(found.output.scale);
    for (uint32_t row = 0; row < output_.bytes; row++) {
        int32_t sum = read<int32_t>(found.bias.data + 4 * row);
        for (uint32_t i = 0; i < input_.bytes; i++) {
            const int32_t weight = read<int8_t>(found.weights.data + row * input_.bytes + i);
            sum += (weight - found.weights.zero_point) *
                   (input_.data.int8[i] - found.input.zero_point);
        }
        int32_t value = requantise(sum, scale) + found.output.zero_point;
        value += (row == 0 ? STAND_IN_ERROR_LSB : 0) + state_;
        output_.data.int8[row] = static_cast<int8_t>(value < -128  ? -128
                                                     : value > 127 ? 127
                                                                   : value);
    }
    state_++;
    if (profiled) {
        profiler_->EndEvent(event);
    }
    return STAND_IN_INVOKE_FAILS ? kTfLiteError : kTfLiteOk;
}

TfLiteStatus MicroInterpreter::Reset()
{
    state_ = 0;
    return kTfLiteOk;
}

} // namespace tflite
