// A page with one form: `show` renders a questionnaire, `answers` is what was filled in.

import { QueryClientProvider } from '@tanstack/react-query';
import {
  BaseRenderer, RendererThemeProvider, getResponse, useBuildForm, useRendererQueryClient,
} from '@aehrc/smart-forms-renderer';
import { createRoot } from 'react-dom/client';

function Form({ questionnaire, terminologyServerUrl }) {
  const queryClient = useRendererQueryClient();
  const building = useBuildForm({ questionnaire, terminologyServerUrl });
  return (
    <RendererThemeProvider>
      <QueryClientProvider client={queryClient}>{building ? 'Building' : <BaseRenderer />}</QueryClientProvider>
    </RendererThemeProvider>
  );
}

window.show = (given) => createRoot(document.getElementById('form')).render(<Form {...given} />);
window.answers = getResponse;
