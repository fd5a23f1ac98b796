-- |
-- A lazy list is a loop that is paused and resumed from outside: it runs as far
-- as somebody looks, and keeps its place.
--
-- The looking resumes it; 'unsafeInterleaveIO' is how lazy reading does that
-- for input, and here it lets the loop say where it is.
module Lesson.VirtualLoop (lesson) where

import Data.Foldable (for_)
import System.IO.Unsafe (unsafeInterleaveIO)

-- | The poem so far, chunk by chunk: a loop with a pause in each round.
collect :: String -> [String] -> IO [String]
collect _ [] = [] <$ putStrLn "  loop: ends"
collect before (chunk : chunks) = do
  let poem = before ++ chunk
  putStrLn ("  loop: pauses with " ++ show poem)
  rest <- unsafeInterleaveIO $ do
    putStrLn ("  loop: resumes with " ++ show poem)
    collect poem chunks
  pure (poem : rest)

-- | Drive the loop step by step to its end.
lesson :: IO ()
lesson = do
  loop <- unsafeInterleaveIO (collect "" ["slow ", "poetry ", "lab"])
  putStrLn "driver: nobody has looked yet"
  for_ (zip [1 :: Int ..] loop) $ \(step, poem) ->
    putStrLn $
      "driver: step " ++ show step
        ++ (" gave " ++ show (length poem) ++ " characters")
  putStrLn ("driver: the loop had " ++ show (length loop) ++ " steps")
