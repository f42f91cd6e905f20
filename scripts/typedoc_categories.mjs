// A plugin of typedoc: groups what is public by the room of its source, in the words of a user.
import { Comment, CommentTag, Converter } from 'typedoc';

/** Folder or file of a source → the category of what it exports. The first that fits counts. */
const CATEGORIES = [
  [/src\/(pipelines|image|input)\//, 'Predict'],
  [/src\/loading\/savePretrained|src\/pretrained\/convert/, 'Save'],
  [/src\/(loading|hub|weights)\//, 'Load'],
  [/src\/(pretrained|model|tensor|dtype|activations)/, 'Models'],
  [/src\/explain\//, 'Explain'],
  [/src\/serve\//, 'Serve'],
  [/src\/train\//, 'Train'],
  [/src\/errors/, 'Errors'],
  [/src\//, 'Runtimes'],
];

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.parent?.isProject() && !reflection.parent?.isModule?.()) return;
    const source = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName ?? '';
    const category = CATEGORIES.find(([pattern]) => pattern.test(source))?.[1];
    if (!category) return;
    reflection.comment ??= new Comment();
    reflection.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: category }]));
  });
}
