import {
  accuracy,
  createClassifier,
  createRuntime,
  type Dataset,
  decodeProgram,
  digitsMlp,
  encodeProgram,
  quantise,
  trainClassifier,
} from '@metis-stack/inference'

export type TrainedModel = {
  program: Uint8Array
  seconds: number
  /** Shares of the held-out digits, 0 … 1. */
  floatAccuracy: number
  quantisedAccuracy: number
}

/** Trains the digits classifier and quantises it to integers; the held-out digits are only used to judge both. */
export function trainModel(
  train: Dataset,
  heldOut: Dataset,
  onEpoch: (epoch: number, loss: number) => void,
): TrainedModel {
  const started = performance.now()
  const network = trainClassifier(train, { ...digitsMlp, onEpoch })
  const { program: source } = quantise(network, { calibration: train.inputs, output: 'classifier' })
  const program = encodeProgram(source)
  const seconds = (performance.now() - started) / 1_000
  const model = createRuntime().load(decodeProgram(program))
  return {
    program,
    seconds,
    floatAccuracy: accuracy(heldOut, createClassifier(network)),
    quantisedAccuracy: accuracy(heldOut, (input) => model.run(input)[0]!),
  }
}
