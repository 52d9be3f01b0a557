/* The name of a Cortex-M core as harness/codegen/cores.py has it, from what its compiler defines. A
 * build flag names one that its compiler does not tell apart (an M35P is compiled like an M33). */
#ifndef CORE_ARM_H
#define CORE_ARM_H

#if defined(CORE_NAME)
#elif defined(__ARM_ARCH_6M__)
#define CORE_NAME "cortex-m0"
#elif defined(__ARM_ARCH_8M_BASE__)
#define CORE_NAME "cortex-m23"
#elif defined(__ARM_FEATURE_MVE)
#define CORE_NAME "cortex-m55"
#elif defined(__ARM_ARCH_8M_MAIN__) && defined(__ARM_FEATURE_DSP)
#define CORE_NAME "cortex-m33"
#elif defined(__ARM_ARCH_8M_MAIN__)
#define CORE_NAME "cortex-m33+nodsp+nofp"
#elif !defined(__ARM_FEATURE_DSP)
#define CORE_NAME "cortex-m3"
#elif !defined(__ARM_FP)
#define CORE_NAME "cortex-m4"
#elif __ARM_FP & 8
#define CORE_NAME "cortex-m7"
#else
#define CORE_NAME "cortex-m4f"
#endif

#endif
