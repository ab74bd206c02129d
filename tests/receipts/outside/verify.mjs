// Verifies receipts as a stranger would: with Digital Bazaar's client of W3C credentials and the issuer's DID document.
//
//   node verify.mjs DID_DOCUMENT NOW RECEIPT…      prints a line of JSON for each receipt: {verified, asked, error}
//
// Offline: the loader knows the DID document alone. `asked` lists what the client wanted to load.
import {readFile} from 'node:fs/promises';
import {argv, stdout} from 'node:process';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';

const [didDocumentFile, now, ...receiptFiles] = argv.slice(2);
const didDocument = JSON.parse(await readFile(didDocumentFile, 'utf8'));

async function verify(file) {
  const asked = [];
  async function documentLoader(url) {
    asked.push(url);
    const method = didDocument.verificationMethod.find(({id}) => id === url);
    if(url !== didDocument.id && method === undefined) {
      throw new Error(`not to be loaded: ${url}`);
    }
    const document = method === undefined ?
      didDocument : {'@context': 'https://w3id.org/security/multikey/v1', ...method};
    return {contextUrl: null, documentUrl: url, document};
  }
  try {
    const credential = JSON.parse(await readFile(file, 'utf8'));
    const suite = new DataIntegrityProof({cryptosuite: createVerifyCryptosuite()});
    const result = await verifyCredential({credential, suite, documentLoader, now: new Date(now)});
    return {verified: result.verified, asked, error: messageOf(result.error)};
  } catch(error) {
    return {verified: false, asked, error: messageOf(error)};
  }
}

function messageOf(error) {
  return error === undefined ? null : [error, ...(error.errors ?? [])].map(each => each.message).join(': ');
}

for(const file of receiptFiles) {
  stdout.write(JSON.stringify(await verify(file)) + '\n');
}
