import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { answer, load, scan } from './answer.js';

function App() {
  const [held, setHeld] = useState(null);
  const [text, setText] = useState('');
  useEffect(() => {
    load('/model/').then(setHeld, (error) => setText(`${error}`));
  }, []);
  useEffect(() => {
    if (!held) return;
    const read = async () => answer({ held, options: { topK: 3 }, picture: await scan('/model/') });
    read().then(
      (found) => setText(JSON.stringify(found)),
      (error) => setText(`${error}`),
    );
  }, [held]);
  return <output id="answer">{text}</output>;
}

createRoot(document.getElementById('app')).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
