/* The fused activation of float32 kernels. */
#ifndef ENGINE_CLAMP_F32_H
#define ENGINE_CLAMP_F32_H

static inline float engine_clamp_f32(float x, float low, float high)
{
    return x < low ? low : (x > high ? high : x);
}

#endif
