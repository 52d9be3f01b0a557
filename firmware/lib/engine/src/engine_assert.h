/* Generated headers state what codegen took the engine for: another engine does not compile. */
#ifndef ENGINE_ASSERT_H
#define ENGINE_ASSERT_H

#if defined(__cplusplus)
#define ENGINE_ASSERT(condition, text) static_assert(condition, text)
#else
#define ENGINE_ASSERT(condition, text) _Static_assert(condition, text)
#endif
#define ENGINE_EXPECTED(condition) ENGINE_ASSERT(condition, "codegen expects " #condition)

#endif
