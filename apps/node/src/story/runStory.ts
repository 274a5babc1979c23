import { join } from 'node:path'
import type { StackInfo } from '../devnet/stackInfo.js'
import { createCast } from './actors.js'
import { anchorDataset } from './chapters/anchorDataset.js'
import { bridgeMetis } from './chapters/bridgeMetis.js'
import { measureAccuracy } from './chapters/measureAccuracy.js'
import { openDataset } from './chapters/openDataset.js'
import { readCheques } from './chapters/readCheques.js'
import { registerModel } from './chapters/registerModel.js'
import { trainModel } from './chapters/trainModel.js'
import { verifyReceipt } from './chapters/verifyReceipt.js'
import { withdrawEarnings } from './chapters/withdrawEarnings.js'
import { checkStory } from './check.js'
import { loadDigits } from './digits.js'
import { Journal } from './journal.js'
import type { StoryReport } from './report.js'

export type StoryOptions = {
  /** Told what happens, a line at a time. */
  log?: (line: string) => void
}

/**
 * The digits story: a dataset is anchored, a model is trained on it and put on chain, a contract pays for its
 * inferences, everybody along the lineage is paid, a receipt is re-executed, the earnings go to L1. Written with the SDK, as a
 * user would; every figure of the report is read back from the chains.
 *
 * @throws {StoryCheckError} when the chains do not bear out the report
 */
export async function runStory(
  stack: StackInfo,
  { log = () => {} }: StoryOptions = {},
): Promise<StoryReport> {
  const journal = Journal.open(stack.stateDir)
  const cast = createCast(stack)
  const { contributor, modeller, clerk } = cast
  const digits = loadDigits()
  const blocksDir = join(stack.stateDir, 'vault')

  const dataset = await journal.chapter('dataset', () => {
    log('the contributor encrypts 8,000 handwritten digits and anchors them as a DAT')
    return anchorDataset(contributor, modeller, digits.train, blocksDir)
  })
  const model = await journal.chapter('model', async () => {
    log('the modeller opens the dataset and trains a classifier on it')
    const train = await openDataset(modeller, dataset, blocksDir)
    const trained = trainModel(train, digits.heldOut, (epoch, loss) =>
      log(`  epoch ${epoch + 1}, loss ${loss.toFixed(3)}`),
    )
    log(`the modeller puts ${trained.program.length} bytes of program on chain`)
    return registerModel(modeller, dataset, trained)
  })
  const bridge = await journal.chapter('bridge', () => {
    log('the sponsor sends METIS from L1 to the clerk on Hyperion')
    return bridgeMetis(cast)
  })
  const cheques = await journal.chapter('cheques', () => {
    log('the clerk has a contract read cheques, an inference a digit')
    return readCheques(clerk, digits.heldOut, model)
  })
  const accuracy = await journal.chapter('accuracy', () => {
    log('every held-out digit goes through the model on chain')
    return measureAccuracy(clerk, digits.heldOut, model, () => {})
  })
  const verification = await journal.chapter('verification', () => {
    log('a receipt is re-executed from the chain alone')
    return verifyReceipt(clerk, digits.heldOut, cheques)
  })
  const withdrawal = await journal.chapter('withdrawal', () => {
    log('the modeller claims the earnings and withdraws them to L1')
    return withdrawEarnings(cast, cheques)
  })
  const report = { dataset, model, bridge, cheques, accuracy, verification, withdrawal }
  await checkStory(cast, report)
  return report
}
