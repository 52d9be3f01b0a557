/* The inner loops of int8 layers that a core has of its own; see engine_core.h.
 *
 *   engine_dot_...        dense layers
 *   engine_depthwise_...  depthwise layers
 *   engine_sparse_...     sparse layers
 *
 * The portable headers have the contracts.
 */
#ifndef ENGINE_DOT_H
#define ENGINE_DOT_H

#include "core/engine_core.h"

#if defined(ENGINE_CORE_AVR)
#include "core/engine_dot_avr.h"
#include "core/engine_sparse_avr.h"
#elif defined(ENGINE_CORE_MVE)
#include "core/engine_depthwise_mve.h"
#include "core/engine_depthwise_dsp.h"
#include "core/engine_dot_dsp.h"
#include "core/engine_dot_mve.h"
#include "core/engine_sparse_dsp.h"
#elif defined(ENGINE_CORE_DSP)
#include "core/engine_depthwise_dsp.h"
#include "core/engine_dot_dsp.h"
#include "core/engine_sparse_dsp.h"
#elif defined(ENGINE_CORE_ARMV7M)
#include "core/engine_dot_armv7m.h"
#endif

#include "core/engine_depthwise_portable.h"
#include "core/engine_dot_portable.h"
#include "core/engine_sparse_portable.h"

#endif
