/* As much of a .tflite file's flatbuffer as one layer needs. */
#ifndef STAND_IN_SCHEMA_GENERATED_H
#define STAND_IN_SCHEMA_GENERATED_H

#include <stdint.h>

#include "stand_in_faults.h"

#define TFLITE_SCHEMA_VERSION STAND_IN_SCHEMA

namespace tflite
{

/* A table of the flatbuffer; it lies where its first byte does and is never copied. */
class Model
{
  public:
    uint32_t version() const;
};

const Model *GetModel(const void *file);

} // namespace tflite

#endif
