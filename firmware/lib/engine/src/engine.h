/* All that generated code includes. */
#ifndef ENGINE_H
#define ENGINE_H

#include "engine_assert.h"
#include "engine_bands.h"
#include "engine_core.h"
#include "engine_flash.h"
#include "engine_kernels_elementwise.h"
#include "engine_kernels_f32.h"
#include "engine_kernels_hybrid.h"
#include "engine_kernels_s16.h"
#include "engine_kernels_s8.h"
#include "engine_kernels_shape.h"
#include "engine_kernels_sparse.h"
#include "engine_kernels_state.h"
#include "engine_kernels_types.h"
#include "engine_model.h"

#endif
