/* Functions of the core that the compiler builds for; engine_core.h has its constants.
 *
 *   engine_dot_...        rescaling, dot products of dense layers
 *   engine_depthwise_...  depthwise int8 layers
 *   engine_add_...        sums, averages of pools
 *   engine_sparse_...     sparse int8 layers
 *
 * The portable headers have the contracts, and C for every core. The headers of a core come before
 * them and have what that core does better. There a macro, as `#define engine_dot_pair
 * engine_dot_pair`, leaves the function of that name out of the portable header. A new core needs
 * no header; it gets one where instructions of its own pay.
 */
#ifndef ENGINE_DOT_H
#define ENGINE_DOT_H

#include "engine_core.h"

#if defined(ENGINE_AVR)
#include "core/engine_dot_avr.h"
#include "core/engine_sparse_avr.h"
#endif

#if defined(ENGINE_MVE)
#include "core/engine_depthwise_mve.h"
#include "core/engine_dot_mve.h"
#include "core/engine_elementwise_mve.h"
#include "core/engine_plain_mve.h"
#include "core/engine_pool_mve.h"
#include "core/engine_sparse_mve.h"
#endif

#if defined(ENGINE_DSP)
#include "core/engine_depthwise_dsp.h"
#include "core/engine_dot_dsp.h"
#include "core/engine_sparse_dsp.h"
#endif

#if defined(ENGINE_ARMV6M)
#include "core/engine_dot_armv6m.h"
#endif

#if defined(ENGINE_LANES)
#include "core/engine_dot_lanes.h"
#endif

#if defined(ENGINE_ARMV7M)
#include "core/engine_dot_armv7m.h"
#endif

#include "core/engine_depthwise_portable.h"
#include "core/engine_dot_portable.h"
#include "core/engine_elementwise_portable.h"
#include "core/engine_sparse_portable.h"

#endif
