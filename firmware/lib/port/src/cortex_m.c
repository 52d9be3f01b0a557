/* What the simulated Cortex-M boards share: start-up, the main loop, the stack, the core's name. No
 * interrupt is ever taken: they stay masked, and a pending one only ends WFI.
 *
 * Armv6-M, Armv7-M and Armv8-M Architecture Reference Manuals.
 */
#if defined(PORT_CORTEX_M)

#include "core_arm.h"
#include "port.h"
#include "stack_paint.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define COPROCESSOR_ACCESS REGISTER(0xE000ED88u)
#define FPU_FULL_ACCESS (0xFu << 20) /* and to MVE */

extern uint32_t ld_data_load[], ld_data_start[], ld_data_end[];
extern uint32_t ld_bss_start[], ld_bss_end[];
extern void (*const ld_constructors_start[])(void), (*const ld_constructors_end[])(void);
extern uint8_t ld_stack_limit[], ld_stack_top[];

int main(void);
void port_reset(void);
static void halt(void);

static const struct {
    uint8_t *stack;
    void (*handlers[15])(void);
} vectors __attribute__((section(".vectors"), used)) = {
    ld_stack_top,
    {port_reset, halt, halt, halt, halt, halt, halt, 0, 0, 0, halt, halt, 0, halt, halt},
};

static void halt(void)
{
    for (;;) {
        __asm volatile("wfi");
    }
}

void port_reset(void)
{
    __asm volatile("cpsid i");
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    COPROCESSOR_ACCESS |= FPU_FULL_ACCESS;
    __asm volatile("dsb\n\tisb" ::: "memory");
#endif
    for (uint32_t *to = ld_data_start, *from = ld_data_load; to < ld_data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = ld_bss_start; to < ld_bss_end;) {
        *to++ = 0;
    }
    for (void (*const *each)(void) = ld_constructors_start; each < ld_constructors_end; each++) {
        (*each)(); /* of static objects of C++ libraries */
    }
    main();
    halt();
}

int main(void)
{
    app_setup();
    for (;;) {
        app_poll();
    }
}

const char *port_core_name(void)
{
    return CORE_NAME;
}

static inline uint8_t *stack_pointer(void)
{
    uint8_t *pointer;
    __asm volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

uint32_t port_free_ram(void)
{
    return (uint32_t)(stack_pointer() - (uint8_t *)ld_bss_end);
}

uint32_t port_stack_of(void (*run)(uint8_t *arena), uint8_t *arena)
{
    return stack_depth(run, arena, ld_stack_limit, stack_pointer());
}

#endif
