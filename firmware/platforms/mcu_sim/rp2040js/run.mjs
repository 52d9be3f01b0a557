// Runs firmware of the RP2040 in rp2040js with UART0 on a pty: node run.mjs FD FIRMWARE [COUNT]
//
// FD: the pty's master, opened by pico_runner.c. COUNT: see count.mjs. Ends with exit code 1 and a
// message where the firmware does what the chip cannot. While the core waits for an interrupt and
// the line is quiet, the host sleeps too.
import fs from 'node:fs';
import tty from 'node:tty';
import { RP2040 } from 'rp2040js';
import { counter } from './count.mjs';
import { segmentsOf } from './elf.mjs';

const FLASH = 0x10000000;
const VECTORS = FLASH + 0x100; // behind the second stage boot loader
const NS_A_CYCLE = 8; // 125 MHz
const SLICE = 100_000; // instructions between two looks at the line
// First bytes of two instructions that take 1 and 3 cycles and one for each register in their list
// (Arm DDI 0484, 3.3). rp2040js does not count LR and PC among them.
const PUSH_LR = 0xb5;
const POP_PC = 0xbd;
const NAME = 'harness-pico-runner';

function fail(message) {
  process.stderr.write(`${NAME}: ${message}\n`, () => process.exit(1));
}

/**
 * The simulator warns where a chip would fault: unmapped addresses, unknown instructions. It warns of
 * registers that it does not model, too, which goes to the log.
 */
function warn(component, message) {
  if (component === 'RP2040' || component === 'CortexM0Core') {
    throw new Error(`crashed: ${component}: ${message}`);
  }
  process.stderr.write(`${NAME}: ${component}: ${message}\n`);
}

function load(path) {
  const chip = new RP2040();
  chip.logger = { debug() {}, info() {}, warn, error: warn };
  for (const [address, bytes] of segmentsOf(fs.readFileSync(path))) {
    chip.flash.set(bytes, address - FLASH);
  }
  chip.core.VTOR = VECTORS;
  chip.core.reset();
  return chip;
}

function run(chip, line, counted) {
  const { core, clock } = chip;
  const [uart] = chip.uart;
  let inbox = Buffer.alloc(0);
  let outbox = [];
  let running = false;

  // A byte that comes while the core waits would start its handler even where PRIMASK is set.
  function feed() {
    if (!core.waiting && !uart.rxFIFO.empty) {
      return;
    }
    core.waiting &&= uart.rxFIFO.empty && inbox.length === 0;
    const room = Math.min(uart.rxFIFO.size - uart.rxFIFO.itemCount, inbox.length);
    inbox.subarray(0, room).forEach((byte) => uart.feedByte(byte));
    inbox = inbox.subarray(room);
  }

  function step() {
    const address = core.PC;
    const kind = chip.readUint8(address + 1);
    const link = kind === PUSH_LR || kind === POP_PC ? 1 : 0;
    clock.tick((core.executeInstruction() + link) * NS_A_CYCLE);
    counted?.(address, core.PC);
  }

  function flush() {
    const bytes = Buffer.from(outbox);
    outbox = [];
    return bytes.length === 0 || line.write(bytes);
  }

  function slice() {
    feed();
    try {
      for (let left = SLICE; left > 0 && !core.waiting; left--) {
        step();
        if (core.waiting) {
          feed();
        }
      }
    } catch (error) {
      flush();
      fail(error.message);
      return;
    }
    const drained = flush();
    running = !core.waiting;
    if (running && drained) {
      setImmediate(slice);
    } else if (running) {
      line.once('drain', slice);
    }
  }

  uart.onByte = (byte) => outbox.push(byte);
  line.on('error', (error) => fail(`the line failed: ${error.message}`));
  line.on('data', (bytes) => {
    inbox = Buffer.concat([inbox, bytes]);
    if (!running) {
      slice();
    }
  });
  slice();
}

const [fd, firmware, counted] = process.argv.slice(2);
try {
  const chip = load(firmware);
  run(chip, new tty.ReadStream(Number(fd)), counted && counter(counted, chip.core));
} catch (error) {
  fail(`cannot run ${firmware}: ${error.message}`);
}
