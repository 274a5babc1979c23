import { beforeAll, describe, expect, it } from 'vitest'
import { InferenceError } from '../errors.js'
import { decodeProgram } from '../format/decode.js'
import { encodeProgram } from '../format/encode.js'
import { quantise } from '../quantise/quantise.js'
import { executeReference } from '../reference/execute.js'
import { createRuntime } from '../runtime/runtime.js'
import { loadDigits } from '../testing/digits.js'
import { digitsCnn, digitsMlp } from './presets.js'
import { accuracy, createClassifier, type Dataset, trainClassifier } from './train.js'

let digits: { train: Dataset; heldOut: Dataset }
beforeAll(() => {
  digits = loadDigits()
})

/** Every `step`-th sample. */
function thin({ inputs, labels }: Dataset, step: number): Dataset {
  const keep = Array.from({ length: Math.floor(labels.length / step) }, (_, i) => i * step)
  return {
    inputs: Uint8Array.from(keep.flatMap((i) => [...inputs.subarray(i * 784, (i + 1) * 784)])),
    labels: Uint8Array.from(keep, (i) => labels[i]!),
  }
}

describe('classifier of digits', () => {
  it('reaches 94 % on held-out digits in four epochs and loses at most a point when quantised', () => {
    const network = trainClassifier(digits.train, { ...digitsMlp, epochs: 4 })
    const float = accuracy(digits.heldOut, createClassifier(network))
    expect(float).toBeGreaterThan(0.94)

    const { program } = quantise(network, { calibration: digits.train.inputs, output: 'classifier' })
    const model = createRuntime().load(decodeProgram(encodeProgram(program)))
    expect(accuracy(digits.heldOut, (pixels) => model.run(pixels)[0]!)).toBeGreaterThan(float - 0.01)

    const output = model.run(digits.heldOut.inputs.subarray(0, 784))
    expect(output).toHaveLength(11)
    const logits = new Int8Array(output.buffer, 1)
    expect(output[0]).toBe(logits.indexOf(Math.max(...logits)))
  })

  it('trains and quantises a convolutional network', () => {
    const network = trainClassifier(thin(digits.train, 4), { ...digitsCnn, epochs: 4, shift: 0 })
    const float = accuracy(digits.heldOut, createClassifier(network))
    expect(float).toBeGreaterThan(0.9)
    const { program } = quantise(network, { calibration: digits.train.inputs, output: 'classifier' })
    const model = createRuntime().load(decodeProgram(encodeProgram(program)))
    expect(accuracy(digits.heldOut, (pixels) => model.run(pixels)[0]!)).toBeGreaterThan(float - 0.01)
    const pixels = digits.heldOut.inputs.subarray(784, 2 * 784)
    expect(model.run(pixels)).toEqual(executeReference(model.program, pixels))
  })

  it('pools: a network with max pooling learns too', () => {
    const network = trainClassifier(thin(digits.train, 8), {
      inputShape: [28, 28, 1],
      layers: [
        { kind: 'conv2d', channels: 4, kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
        { kind: 'maxPool', kernel: [2, 2] },
        { kind: 'dense', columns: 10 },
      ],
      epochs: 4,
      seed: 3,
      learningRate: 5e-3,
    })
    const { program } = quantise(network, {
      calibration: digits.train.inputs,
      output: 'classifier',
    })
    const model = createRuntime().load(decodeProgram(encodeProgram(program)))
    expect(accuracy(digits.heldOut, (pixels) => model.run(pixels)[0]!)).toBeGreaterThan(0.8)
  })

  it('gives the same program for the same seed, another one for another', () => {
    const data = thin(digits.train, 40)
    const trained = (seed: number): Uint8Array => {
      const network = trainClassifier(data, { ...digitsMlp, epochs: 1, seed })
      return encodeProgram(quantise(network, { calibration: data.inputs }).program)
    }
    expect(trained(7)).toEqual(trained(7))
    expect(trained(8)).not.toEqual(trained(7))
  })

  it('refuses data that does not fit the network', () => {
    const options = { ...digitsMlp, epochs: 1 }
    const sample = { inputs: new Uint8Array(784), labels: Uint8Array.of(3) }
    expect(() => trainClassifier({ ...sample, labels: Uint8Array.of(3, 4) }, options)).toThrow(InferenceError)
    expect(() => trainClassifier({ ...sample, labels: Uint8Array.of(10) }, options)).toThrow(
      /below the 10 outputs/,
    )
    const network = trainClassifier(sample, options)
    expect(() => quantise(network, { calibration: new Uint8Array(783) })).toThrow(/multiple of 784/)
  })
})
