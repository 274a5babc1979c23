import { inference } from './areas/inference/index.js'
import { renderTable } from './table.js'
console.log(renderTable(await inference({quick:true, log:(l)=>console.error(l)})))
