/* Samples and answers in the arena: all inputs, or all outputs, of a model one behind the other. */
#ifndef APP_TENSORS_H
#define APP_TENSORS_H

#include <stdint.h>
#include <string.h>

#include "app_models.h"
#include "payload.h"

#if defined(IMAGE_TENSORS)

static inline engine_interface interface_of(uint8_t index)
{
    engine_interface found;
    engine_flash_copy(&found, &image_interfaces[index], sizeof found);
    return found;
}

static inline engine_tensor tensor_at(uint16_t number)
{
    engine_tensor found;
    engine_flash_copy(&found, &image_tensors[number], sizeof found);
    return found;
}

/* Copy a sample to the places of the model's inputs. */
static inline void put_sample(uint8_t index, const engine_model *model, uint8_t *arena,
                              const uint8_t *sample)
{
    const engine_interface known = interface_of(index);
    (void)model;
    for (uint8_t i = 0; i < known.inputs; i++) {
        const engine_tensor tensor = tensor_at((uint16_t)(known.first + i));
        memcpy(arena + tensor.offset, sample, (size_t)tensor.bytes);
        sample += tensor.bytes;
    }
}

/* Copy `count` bytes of the model's answer from `offset` on; it has them. */
static inline void get_answer(uint8_t index, const engine_model *model, const uint8_t *arena,
                              uint32_t offset, uint32_t count, uint8_t *to)
{
    const engine_interface known = interface_of(index);
    uint16_t number = (uint16_t)(known.first + known.inputs);
    (void)model;
    while (count > 0) {
        const engine_tensor tensor = tensor_at(number++);
        if (offset >= tensor.bytes) {
            offset -= tensor.bytes;
            continue;
        }
        const uint32_t part = count < tensor.bytes - offset ? count : tensor.bytes - offset;
        memcpy(to, arena + tensor.offset + offset, (size_t)part);
        to += part;
        count -= part;
        offset = 0;
    }
}

/* Write the numbers of inputs and outputs and the bytes of each, as many as fit before `limit`. */
static inline uint8_t *put_tensors(uint8_t index, uint8_t *to, const uint8_t *limit)
{
    const engine_interface known = interface_of(index);
    *to++ = known.inputs;
    *to++ = known.outputs;
    const uint16_t count = (uint16_t)(known.inputs + known.outputs);
    for (uint16_t i = 0; i < count && limit - to >= (ptrdiff_t)sizeof(uint32_t); i++) {
        to = put_u32(to, tensor_at((uint16_t)(known.first + i)).bytes);
    }
    return to;
}

#else

static inline void put_sample(uint8_t index, const engine_model *model, uint8_t *arena,
                              const uint8_t *sample)
{
    (void)index;
    memcpy(arena + model->input_offset, sample, (size_t)model->input_bytes);
}

static inline void get_answer(uint8_t index, const engine_model *model, const uint8_t *arena,
                              uint32_t offset, uint32_t count, uint8_t *to)
{
    (void)index;
    memcpy(to, arena + model->output_offset + offset, (size_t)count);
}

static inline uint8_t *put_tensors(uint8_t index, uint8_t *to, const uint8_t *limit)
{
    (void)index;
    (void)limit;
    return to;
}

#endif

#endif
