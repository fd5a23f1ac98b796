{-# LANGUAGE OverloadedStrings #-}

-- |
-- What a client says on stderr while it waits (the client contract), and the
-- grain at which the announcing client says it: a line of the poem (seed part 21).
--
-- Pure, and without line ends: the one who writes a message adds its newline.
module Poetry.Progress
  ( got
  , failed
  , lineLengths
  ) where

import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import qualified Data.ByteString.Lazy.Char8 as Lazy
import Data.Int (Int64)

import Poetry.Address (Address)
import qualified Poetry.Address as Address

-- | Task N got this many bytes of its poem.
got :: Int -> Int64 -> Address -> ByteString
got task count address =
  label task <> "got " <> Bytes.pack (show count) <> " bytes of poetry from " <> Address.format address

-- | Task N gave its address up, and why, in plain words.
failed :: Int -> ByteString -> Address -> ByteString
failed task why address =
  label task <> "failed: " <> why <> " (" <> Address.format address <> ")"

label :: Int -> ByteString
label task = "Task " <> Bytes.pack (show task) <> ": "

-- | The length in bytes of each line of a poem, its newline included; a last
-- line without one counts as it is. Each length is there as soon as its line
-- is, and all of the poem has been read once the list has ended.
lineLengths :: Lazy.ByteString -> [Int64]
lineLengths poem
  | Lazy.null poem = []
  | otherwise = case Lazy.elemIndex '\n' poem of
      Nothing -> [Lazy.length poem]
      Just newline -> newline + 1 : lineLengths (Lazy.drop (newline + 1) poem)
