-- |
-- Cancelling a thread that has finished has no effect: its result remains.
module Lesson.CancelFinished (lesson) where

import Control.Concurrent.Async (async, cancel, poll, wait, waitCatch)
import Control.Exception (onException)
import Data.Maybe (isJust)

-- | Let a thread finish, then cancel it.
lesson :: IO ()
lesson = do
  poem <- async (pure "a poem" `onException` putStrLn "it is cancelled")
  result <- wait poem
  finished <- isJust <$> poll poem
  putStrLn ("finished: " ++ show finished ++ ", with " ++ show result)
  cancel poem
  outcome <- waitCatch poem
  putStrLn ("cancelled; its outcome: " ++ show outcome)
