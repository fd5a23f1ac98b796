{-# LANGUAGE OverloadedStrings #-}

-- |
-- A green thread per poem (seed part 21, first client). Each connects, reads
-- and announces as if it were alone; the runtime parks it while its socket has
-- nothing to give. A poem is printed whole as soon as it is finished.
module Poetry.Client.Announcing
  ( getPoetry
  ) where

import Control.Concurrent.Async (mapConcurrently)
import Control.Exception (mask, try, uninterruptibleMask_)
import qualified Data.ByteString.Lazy as Lazy
import Data.Foldable (for_)

import Poetry.Address (Address)
import Poetry.Client (Output (..), giveUp)
import Poetry.Client.Connection (Limit, readPoem, withConnection)
import qualified Poetry.Progress as Progress

-- | Get all poems at once, each printed when it is whole; tells whether all were.
getPoetry :: Output -> Limit -> [Address] -> IO Bool
getPoetry output limit addresses =
  and <$> mapConcurrently (uncurry (getPoem output limit)) (zip [1 ..] addresses)

-- | Get the poem of task N and tell whether it came whole. Once it has, no
-- cancellation keeps it from being printed.
getPoem :: Output -> Limit -> Int -> Address -> IO Bool
getPoem output limit task address = mask $ \restore -> do
  outcome <- try (withConnection limit address (restore . announced))
  case outcome of
    Left problem -> giveUp output task address problem
    Right poem -> True <$ uninterruptibleMask_ (recite output (Lazy.toStrict (poem <> "\n")))
 where
  -- The poem is read as its lines are asked for: when the loop is over, no
  -- part of it is left to be read from a closed socket.
  announced socket = do
    poem <- readPoem limit socket
    for_ (Progress.lineLengths poem) $ \count ->
      say output (Progress.got task count address)
    pure poem
