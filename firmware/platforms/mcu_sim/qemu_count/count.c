/* A QEMU plugin that counts, by address, how often each instruction of the timed region ran.
 *
 * Arguments, all hexadecimal but the last: start, stop  addresses between which to count,
 * base, size  range of the code, out  file to append to. Each time `stop` is reached it writes
 *     address executions taken      (a line an instruction that ran; taken: branches taken from it)
 *     end
 * and the next `start` counts from zero. The interface of QEMU's plugins is declared here, for
 * Debian ships no header. Version 1 (up to QEMU 8) counts inline into any address, version 2 (from
 * QEMU 9) into scoreboards, which hold an element a virtual CPU. The functions of both are weak:
 * the QEMU that loads the plugin has those of one, and checks the version.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*on_translation)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*on_cpu_start)(qemu_plugin_id_t, unsigned vcpu);
typedef void (*on_execution)(unsigned vcpu, void *data);
enum { INLINE_ADD_U64 = 0, NO_REGISTERS = 0, CPU = 0 };
struct qemu_plugin_scoreboard;
typedef struct {
    struct qemu_plugin_scoreboard *score;
    size_t offset;
} qemu_plugin_u64;

EXPORT extern int qemu_plugin_version;
int qemu_plugin_version = 1;

void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t, on_cpu_start);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, on_translation);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, on_execution, int, void *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, on_execution, int, void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);

#pragma weak qemu_plugin_register_vcpu_insn_exec_inline
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int, void *, uint64_t);

#pragma weak qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu
#pragma weak qemu_plugin_scoreboard_new
#pragma weak qemu_plugin_scoreboard_find
void qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(struct qemu_plugin_insn *, int,
                                                         qemu_plugin_u64, uint64_t);
struct qemu_plugin_scoreboard *qemu_plugin_scoreboard_new(size_t element_size);
void *qemu_plugin_scoreboard_find(struct qemu_plugin_scoreboard *, unsigned vcpu);

/* Instructions begin at multiples of two bytes on all cores that are profiled. */
typedef struct {
    uint64_t executions, taken;
} place;

/* Where a block of straight code begins, its last instruction, and what follows that in memory. */
typedef struct {
    uint64_t first, last, next;
} block;

static uint64_t start, stop, base, places_count;
static struct qemu_plugin_scoreboard *board; /* of one element, all places; NULL in version 1 */
static place *places;
static const block *previous;
static char out[4096];

/* Runs when QEMU has loaded the plugin, before it reads the version. */
__attribute__((constructor)) static void choose_version(void)
{
    if (qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu != NULL) {
        qemu_plugin_version = 2;
    }
}

static bool make_places(void)
{
    if (qemu_plugin_version == 1) {
        places = calloc(places_count, sizeof *places);
        return places != NULL;
    }
    board = qemu_plugin_scoreboard_new(places_count * sizeof *places);
    return board != NULL;
}

/* A scoreboard moves when a CPU joins, which is before the first block runs. */
static void on_cpu(qemu_plugin_id_t id, unsigned vcpu)
{
    (void)id;
    if (board != NULL && vcpu == CPU) {
        places = qemu_plugin_scoreboard_find(board, CPU);
    }
}

static uint64_t index_of(uint64_t address)
{
    const uint64_t index = (address - base) / 2;
    return address >= base && index < places_count ? index : places_count;
}

static void count_executions(struct qemu_plugin_insn *instruction, uint64_t index)
{
    if (board == NULL) {
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, INLINE_ADD_U64,
                                                   &places[index].executions, 1);
    } else {
        const qemu_plugin_u64 executions = {board,
                                            index * sizeof(place) + offsetof(place, executions)};
        qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(instruction, INLINE_ADD_U64, executions,
                                                            1);
    }
}

static void on_block(unsigned vcpu, void *data)
{
    const block *now = data;
    (void)vcpu;
    if (previous != NULL && previous->next != now->first) {
        const uint64_t from = index_of(previous->last);
        if (from < places_count) {
            places[from].taken++;
        }
    }
    previous = now;
}

static void on_start(unsigned vcpu, void *data)
{
    (void)vcpu;
    (void)data;
    memset(places, 0, places_count * sizeof *places);
}

static void on_stop(unsigned vcpu, void *data)
{
    (void)vcpu;
    (void)data;
    FILE *file = fopen(out, "a");
    if (file == NULL) {
        return; /* the reader misses the end */
    }
    for (uint64_t i = 0; i < places_count; i++) {
        if (places[i].executions != 0) {
            fprintf(file, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", base + 2 * i,
                    places[i].executions, places[i].taken);
        }
    }
    fputs("end\n", file);
    fclose(file);
}

static void on_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t count = qemu_plugin_tb_n_insns(tb);
    block *made = malloc(sizeof *made); /* lives as long as QEMU may run the translation */
    (void)id;
    if (made == NULL || count == 0) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);
        const uint64_t address = qemu_plugin_insn_vaddr(instruction);
        const uint64_t here = index_of(address);
        if (i == 0) {
            made->first = address;
        }
        made->last = address;
        made->next = address + qemu_plugin_insn_size(instruction);
        if (address == start) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_start, NO_REGISTERS, NULL);
        }
        if (address == stop) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_stop, NO_REGISTERS, NULL);
        }
        if (here < places_count) {
            count_executions(instruction, here);
        }
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, NO_REGISTERS, made);
}

static bool read_number(const char *argument, const char *name, uint64_t *value)
{
    const size_t length = strlen(name);
    if (strncmp(argument, name, length) != 0 || argument[length] != '=') {
        return false;
    }
    *value = strtoull(argument + length + 1, NULL, 16);
    return true;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    uint64_t size = 0;
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            snprintf(out, sizeof out, "%s", argv[i] + 4);
        } else if (!read_number(argv[i], "start", &start) && !read_number(argv[i], "stop", &stop) &&
                   !read_number(argv[i], "base", &base) && !read_number(argv[i], "size", &size)) {
            fprintf(stderr, "count: unknown argument %s\n", argv[i]);
            return -1;
        }
    }
    places_count = size / 2 + 1;
    if (out[0] == 0 || !make_places()) {
        fputs("count: needs start, stop, base, size and out\n", stderr);
        return -1;
    }
    qemu_plugin_register_vcpu_init_cb(id, on_cpu);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    return 0;
}
