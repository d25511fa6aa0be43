// The page of a quote or a credit note, and the lists of quotes and questions, which refresh when
// something happens to what they show.

import { follow } from "./live.js";
import { refresh } from "./refresh.js";

const { document: documentId, list } = document.body.dataset;
const CONCERNS = {
  quotes: ({ quote }) => quote !== null,
  questions: ({ change }) => change.startsWith("QUESTION_"),
};
const isShown = ({ quote, creditNote }) => (quote ?? creditNote)?.id === documentId;
const concerns = list ? CONCERNS[list] : isShown;

follow({ onUpdate: (event) => concerns(event) && refresh() });
