import type { WatReader } from './watReader.js'

/** One instruction by its name in the text format. */
export type Instruction = { name: string; operands: string[]; opens: boolean }

/** What follows an opcode. */
type Immediate = 'none' | 'block' | 'index' | 'table' | 'memory' | 'i32' | 'i64' | 'indirect' | 'zero'

const plain: Record<number, [name: string, immediate?: Immediate]> = {
  0: ['unreachable'],
  1: ['nop'],
  2: ['block', 'block'],
  3: ['loop', 'block'],
  4: ['if', 'block'],
  5: ['else'],
  11: ['end'],
  12: ['br', 'index'],
  13: ['br_if', 'index'],
  14: ['br_table', 'table'],
  15: ['return'],
  16: ['call', 'index'],
  17: ['call_indirect', 'indirect'],
  26: ['drop'],
  27: ['select'],
  32: ['local.get', 'index'],
  33: ['local.set', 'index'],
  34: ['local.tee', 'index'],
  35: ['global.get', 'index'],
  36: ['global.set', 'index'],
  63: ['memory.size', 'zero'],
  64: ['memory.grow', 'zero'],
  65: ['i32.const', 'i32'],
  66: ['i64.const', 'i64'],
  167: ['i32.wrap_i64'],
  172: ['i64.extend_i32_s'],
  173: ['i64.extend_i32_u'],
  192: ['i32.extend8_s'],
  193: ['i32.extend16_s'],
  194: ['i64.extend8_s'],
  195: ['i64.extend16_s'],
  196: ['i64.extend32_s'],
}

const compare = ['eqz', 'eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u']
const arithmetic = [
  ...['clz', 'ctz', 'popcnt', 'add', 'sub', 'mul', 'div_s', 'div_u', 'rem_s', 'rem_u'],
  ...['and', 'or', 'xor', 'shl', 'shr_s', 'shr_u', 'rotl', 'rotr'],
]
const memory: Record<number, string> = {
  40: 'i32.load',
  41: 'i64.load',
  44: 'i32.load8_s',
  45: 'i32.load8_u',
  46: 'i32.load16_s',
  47: 'i32.load16_u',
  48: 'i64.load8_s',
  49: 'i64.load8_u',
  50: 'i64.load16_s',
  51: 'i64.load16_u',
  52: 'i64.load32_s',
  53: 'i64.load32_u',
  54: 'i32.store',
  55: 'i64.store',
  58: 'i32.store8',
  59: 'i32.store16',
  60: 'i64.store8',
  61: 'i64.store16',
  62: 'i64.store32',
}

compare.forEach((name, i) => {
  plain[0x45 + i] = [`i32.${name}`]
  plain[0x50 + i] = [`i64.${name}`]
})
arithmetic.forEach((name, i) => {
  plain[0x67 + i] = [`i32.${name}`]
  plain[0x79 + i] = [`i64.${name}`]
})
for (const [opcode, name] of Object.entries(memory)) plain[Number(opcode)] = [name, 'memory']

/** Behind the prefix 0xfc: bulk memory. */
const bulk: Record<number, [name: string, indices: number]> = {
  10: ['memory.copy', 2],
  11: ['memory.fill', 1],
}

/** Behind the prefix 0xfd: those vector instructions that words need. */
const vectors: Record<number, [name: string, immediate: 'none' | 'memory' | 'lane' | 'bytes']> = {
  0: ['v128.load', 'memory'],
  11: ['v128.store', 'memory'],
  12: ['v128.const', 'bytes'],
  13: ['i8x16.shuffle', 'bytes'],
  14: ['i8x16.swizzle', 'none'],
  15: ['i8x16.splat', 'none'],
  17: ['i32x4.splat', 'none'],
  18: ['i64x2.splat', 'none'],
  29: ['i64x2.extract_lane', 'lane'],
  30: ['i64x2.replace_lane', 'lane'],
  77: ['v128.not', 'none'],
  78: ['v128.and', 'none'],
  79: ['v128.andnot', 'none'],
  80: ['v128.or', 'none'],
  81: ['v128.xor', 'none'],
  83: ['v128.any_true', 'none'],
  206: ['i64x2.add', 'none'],
  209: ['i64x2.sub', 'none'],
}

/** @throws {Error} on an instruction that our compilers do not emit */
export function readInstruction(reader: WatReader): Instruction {
  const opcode = reader.byte()
  if (opcode === 0xfd) return readVector(reader)
  if (opcode === 0xfc) return readBulk(reader)
  const known = plain[opcode]
  if (known === undefined) throw new Error(`unknown instruction 0x${opcode.toString(16)}`)
  const [name, immediate = 'none'] = known
  return { name, operands: readImmediate(reader, immediate), opens: immediate === 'block' }
}

function readVector(reader: WatReader): Instruction {
  const opcode = reader.u32()
  const known = vectors[opcode]
  if (known === undefined) throw new Error(`unknown vector instruction 0x${opcode.toString(16)}`)
  const [name, immediate] = known
  if (immediate === 'memory') return { name, operands: readMemory(reader), opens: false }
  if (immediate === 'lane') return { name, operands: [String(reader.byte())], opens: false }
  if (immediate === 'none') return { name, operands: [], opens: false }
  const bytes = [...reader.bytesOf(16)].map(String)
  return { name, operands: name === 'v128.const' ? ['i8x16', ...bytes] : bytes, opens: false }
}

function readBulk(reader: WatReader): Instruction {
  const opcode = reader.u32()
  const known = bulk[opcode]
  if (known === undefined) throw new Error(`unknown bulk instruction ${opcode}`)
  for (let i = 0; i < known[1]; i++) reader.byte()
  return { name: known[0], operands: [], opens: false }
}

function readImmediate(reader: WatReader, immediate: Immediate): string[] {
  switch (immediate) {
    case 'none':
      return []
    case 'zero':
      reader.byte()
      return []
    case 'index':
      return [String(reader.u32())]
    case 'i32':
    case 'i64':
      return [String(reader.signed())]
    case 'memory':
      return readMemory(reader)
    case 'table':
      return [...reader.list(() => String(reader.u32())), String(reader.u32())]
    case 'indirect': {
      const type = reader.u32()
      reader.u32()
      return [`(type ${type})`]
    }
    case 'block':
      return readBlockType(reader)
  }
}

function readMemory(reader: WatReader): string[] {
  const align = reader.u32()
  const offset = reader.u32()
  return [...(offset === 0 ? [] : [`offset=${offset}`]), `align=${2 ** align}`]
}

const blockTypes: Record<number, string[]> = {
  [-64]: [],
  [-1]: ['(result i32)'],
  [-2]: ['(result i64)'],
  [-5]: ['(result v128)'],
}

function readBlockType(reader: WatReader): string[] {
  const type = Number(reader.signed())
  if (type >= 0) return [`type ${type}`]
  const known = blockTypes[type]
  if (known === undefined) throw new Error(`unknown block type ${type}`)
  return known
}
